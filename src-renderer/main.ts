import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { connect } from "./lib/client.ts";

const { client } = await connect();
const target = document.getElementById("app");
if (!target) throw new Error("The page lacks its root.");
mount(App, { target, props: { client } });
