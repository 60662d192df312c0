import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { createAppRouter, HostEvents } from "./app/app-router.ts";
import { type HostServices, unsupported } from "./app/host-services.ts";
import { answerPicture } from "./app/picture-requests.ts";
import { ProjectKeys } from "./app/project-keys.ts";
import { SupervisedEngine } from "./app/supervised-engine.ts";
import { trashFile } from "./app/trash-file.ts";
import type { ServeRequest } from "./cli/program-host.ts";
import type { RunningEngine } from "./engine-client/engine-client.ts";
import { Confinement } from "./server/confinement.ts";
import { Folders } from "./server/folders.ts";
import { openBrowser, type RedirectFile } from "./server/open-browser.ts";
import { PageServer } from "./server/page-server.ts";
import { TWINLENS_VERSION } from "./version.ts";

export interface ServeEnvironment {
  readonly startEngine: () => RunningEngine;
  /** The program's folder in the user's data directory. */
  readonly dataFolder: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The folder of the built page; by default where the build writes it. */
  readonly pageFolder?: string;
}

/** Where the build writes the page: the same path relative to the source and to the built program. */
const PAGE_FOLDER = fileURLToPath(new URL("../out/renderer/", import.meta.url));

/** Serves the app to browsers on this machine until the signal aborts, then shuts down in order. */
export async function serve(request: ServeRequest, environment: ServeEnvironment): Promise<void> {
  const { signal } = request;
  await using serving = await startServing(request, environment);
  const { address } = serving.server;
  environment.stderr.write(
    `Twinlens is running on port ${address.port}, for browsers on this machine only. Open the address above. Press Ctrl-C to stop.\n`,
  );
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

export interface Serving extends AsyncDisposable {
  readonly server: PageServer;
}

/**
 * Starts the server that {@link serve} keeps running.
 * @throws if the page is not built, a root is not a folder, the project cannot be opened or the port is in use.
 */
export async function startServing(
  { project, roots, port, open }: Omit<ServeRequest, "signal">,
  { startEngine, dataFolder, stdout, stderr, pageFolder = PAGE_FOLDER }: ServeEnvironment,
): Promise<Serving> {
  await requirePage(pageFolder);
  const folders = await Folders.within(roots.length > 0 ? roots : [homedir()], dataFolder);
  const opened = project === undefined ? [] : [resolve(project)];
  const events = new HostEvents();
  const engine = new SupervisedEngine({
    startEngine,
    onRestarted: (reason) => {
      stderr.write(`The engine crashed (${reason}) and was restarted.\n`);
      events.emit({ type: "engine-restarted", reason });
    },
  });
  try {
    const { client } = engine;
    const confinement = new Confinement(client, folders);
    for (const file of opened) await confinement.admitNamed(file);
    const keys = new ProjectKeys(client);
    const admit = (file: string) => confinement.admit(file);
    let opening: Promise<RedirectFile> | undefined;
    const endOpening = async () => (await opening?.catch(() => undefined))?.remove();
    const server = await PageServer.listening({
      pageFolder,
      port,
      router: createAppRouter({
        client,
        keys,
        events,
        services: browserServices(folders, opened),
        version: TWINLENS_VERSION,
        guard: (name, input) => confinement.guard(name, input),
        onAnswer: (name, answer) => confinement.onAnswer(name, answer),
      }),
      picture: (asked) => answerPicture({ client, keys, admit }, asked),
      printAddress: (address) => {
        stdout.write(`${address}\n`);
        if (!open || opening) return;
        const failed = (reason: string) =>
          stderr.write(`Cannot open a browser: ${reason}. Open the address above yourself.\n`);
        opening = openBrowser(address, failed);
        opening.catch((cause: Error) => failed(cause.message));
      },
      onAddressUsed: () => void endOpening().catch(() => {}),
    });
    // Loads what the page requests first. If this fails, the page's own request reports the error.
    for (const file of opened) {
      void client.project
        .overview({ project: file, threshold: { strategy: "auto" } })
        .catch(() => {});
    }
    return {
      server,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await endOpening().catch(() => {});
        await engine[Symbol.asyncDispose]();
      },
    };
  } catch (cause) {
    await engine[Symbol.asyncDispose]();
    throw cause;
  }
}

function browserServices(folders: Folders, opened: readonly string[]): HostServices {
  const noDialogs = () => unsupported("A browser cannot show this machine's file dialogs.");
  return {
    kind: "browser",
    opened,
    chooseFolders: noDialogs,
    choosePlace: noDialogs,
    chooseProject: noDialogs,
    listFolder: (path) => folders.list(path),
    showInFolder: () => unsupported("A browser cannot show files in the file manager."),
    trash: async (file) => {
      await folders.require(file);
      await trashFile(file);
    },
  };
}

async function requirePage(folder: string): Promise<void> {
  try {
    await access(join(folder, "index.html"));
  } catch (cause) {
    throw new Error(
      `The page has not been built: ${folder} does not contain it. Run: npm run build`,
      {
        cause,
      },
    );
  }
}
