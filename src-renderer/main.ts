import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { connect } from "./state/client.ts";
import { Session } from "./state/session.svelte.ts";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element with the id app.");
mount(App, { target, props: { session: new Session(connect) } });
