import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { connect } from "./state/client.ts";
import { Session } from "./state/session.svelte.ts";

const target = document.getElementById("app");
if (!target) throw new Error("The page lacks its root.");
mount(App, { target, props: { session: new Session(connect) } });
