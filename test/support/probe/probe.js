// A page that does what a test requests, over the same connection that the program's own page uses.
import { connect } from "../../../src-renderer/state/client.ts";
import { pictureAddress } from "../../../src-renderer/state/picture-address.ts";

const { link, closed } = await connect();
const events = [];
let isClosed = false;
void closed.then(() => {
  isClosed = true;
});

/** Errors are passed to the test as plain data. */
async function call(path, input) {
  try {
    return { value: await link.call(path, input, {}) };
  } catch ({ code, message }) {
    return { error: { code: code ?? "?", message } };
  }
}

async function all(path, input) {
  const { value, error } = await call(path, input);
  if (error) return { error };
  const seen = [];
  for await (const event of value) seen.push(event);
  return { value: seen };
}

async function follow(stream) {
  for await (const event of stream) events.push(event);
}
void follow(await link.call(["host", "events"], undefined, {}));

// The test starts only once the page receives all events.
window.probe = { call, all, events, pictureAddress, isClosed: () => isClosed };
