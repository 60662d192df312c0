import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Each system's command to open an address in the default browser. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  linux: ["xdg-open"],
};

/** A file that leads a browser to an address, and that only this user can read. */
export interface RedirectFile {
  /** Its `file:` URL. */
  readonly url: string;
  remove(): Promise<void>;
}

/**
 * Opens a secret address in the default browser. Every local user can read command lines, so the browser gets the address in a file.
 * @param onFailure called with the reason if the browser cannot be started
 */
export async function openBrowser(
  address: string,
  onFailure: (reason: string) => void,
): Promise<RedirectFile> {
  const file = await redirectFile(address);
  const [command, ...words] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...words, file.url], { stdio: "ignore", detached: true });
  child.once("error", ({ message }) => onFailure(message));
  child.unref();
  return file;
}

/** @param address a URL that needs no escaping in HTML */
async function redirectFile(address: string): Promise<RedirectFile> {
  const folder = await mkdtemp(join(tmpdir(), "twinlens-")); // mode 0700
  const file = join(folder, "open.html");
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${address}"><title>Twinlens</title></head>
<body><a href="${address}">Open Twinlens</a></body>
</html>
`;
  await writeFile(file, html, { mode: 0o600, flag: "wx" });
  return {
    url: pathToFileURL(file).href,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
