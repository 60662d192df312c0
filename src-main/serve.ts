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
import { openBrowser } from "./server/open-browser.ts";
import { PageServer } from "./server/page-server.ts";
import { TWINLENS_VERSION } from "./version.ts";

export interface ServeSurroundings {
  readonly startEngine: () => RunningEngine;
  /** The program's own folder in the user's data. */
  readonly dataFolder: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The built page; by default where the build puts it. */
  readonly pageFolder?: string;
}

/** Where the build puts the page, seen from the source and from the built program alike. */
const PAGE_FOLDER = fileURLToPath(new URL("../out/renderer/", import.meta.url));

/** Serves the interface to browsers on this machine until the signal; then all of it has ended in order. */
export async function serve(request: ServeRequest, surroundings: ServeSurroundings): Promise<void> {
  const { signal } = request;
  await using serving = await startServing(request, surroundings);
  const { address } = serving.server;
  surroundings.stderr.write(
    `Twinlens runs in the browser at this address, for you on this machine, on port ${address.port}. Ctrl-C ends it.\n`,
  );
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

export interface Serving extends AsyncDisposable {
  readonly server: PageServer;
}

/**
 * Starts what {@link serve} keeps running.
 * @throws when the page is not built, a root is no folder, the project can't be opened or the port is taken.
 */
export async function startServing(
  { project, roots, port, open }: Omit<ServeRequest, "signal">,
  { startEngine, dataFolder, stdout, stderr, pageFolder = PAGE_FOLDER }: ServeSurroundings,
): Promise<Serving> {
  await requirePage(pageFolder);
  const folders = await Folders.within(roots.length > 0 ? roots : [homedir()], dataFolder);
  const opened = project === undefined ? [] : [resolve(project)];
  const events = new HostEvents();
  const engine = new SupervisedEngine({
    startEngine,
    onRestarted: (reason) => {
      stderr.write(`The engine ended unexpectedly (${reason}) and was started again.\n`);
      events.emit({ type: "engine-restarted", reason });
    },
  });
  try {
    const { client } = engine;
    const confinement = new Confinement(client, folders);
    for (const file of opened) await confinement.admitNamed(file);
    const keys = new ProjectKeys(client);
    const admit = (file: string) => confinement.admit(file);
    let isFirst = true;
    const server = await PageServer.listening({
      pageFolder,
      port,
      router: createAppRouter({
        client,
        keys,
        events,
        services: browserServices(folders, opened),
        version: TWINLENS_VERSION,
        guard: (path, input) => confinement.guard(path, input),
        onAnswer: (path, answer) => confinement.onAnswer(path, answer),
      }),
      picture: (asked) => answerPicture({ client, keys, admit }, asked),
      tellAddress: (address) => {
        stdout.write(`${address}\n`);
        if (open && isFirst)
          openBrowser(address, (reason) => stderr.write(`No browser could be opened: ${reason}\n`));
        isFirst = false;
      },
    });
    // Until the browser has come, what it will ask for first is read. If that fails, the page is told when it asks.
    for (const file of opened) {
      void client.project
        .overview({ project: file, threshold: { strategy: "auto" } })
        .catch(() => {});
    }
    return {
      server,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await engine[Symbol.asyncDispose]();
      },
    };
  } catch (cause) {
    await engine[Symbol.asyncDispose]();
    throw cause;
  }
}

function browserServices(folders: Folders, opened: readonly string[]): HostServices {
  const noDialogs = () => unsupported("A browser has no dialog for files of this machine.");
  return {
    kind: "browser",
    opened,
    chooseFolders: noDialogs,
    choosePlace: noDialogs,
    chooseProject: noDialogs,
    listFolder: (path) => folders.list(path),
    showInFolder: () => unsupported("A browser can't show files in the file manager."),
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
    throw new Error(`The page has not been built (${folder} has none). Run: npm run build`, {
      cause,
    });
  }
}
