import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { connect } from "./lib/client.ts";
import { Session } from "./lib/session.svelte.ts";

const target = document.getElementById("app");
if (!target) throw new Error("The page lacks its root.");
mount(App, { target, props: { session: new Session(connect) } });
