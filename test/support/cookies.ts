import { get } from "node:http";

/** Cookies that an address sets. `fetch` would look like a page's script, which the server refuses. */
export function cookiesOf(address: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    get(address, { agent: false }, (response) => {
      response.resume();
      resolve(response.headers["set-cookie"] ?? []);
    }).once("error", reject);
  });
}
