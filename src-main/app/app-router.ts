import { type AnyContractRouter, isContractProcedure } from "@orpc/contract";
import { type AnyRouter, EventPublisher, implement, ORPCError } from "@orpc/server";
import { contract } from "../contract/contract.ts";
import { type HostEvent, type HostInfo, hostContract } from "../contract/host.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { carryOutPlan } from "./carry-out-plan.ts";
import type { HostServices } from "./host-services.ts";
import { callProcedure, isPageProcedure, type PageProcedure } from "./procedures.ts";
import type { ProjectKeys } from "./project-keys.ts";

/** Sends the host's events to its pages. */
export class HostEvents {
  readonly #publisher = new EventPublisher<{ event: HostEvent }>();

  emit(event: HostEvent): void {
    this.#publisher.publish("event", event);
  }

  /** Events from now on, until the signal aborts. */
  subscribe(signal: AbortSignal | undefined): AsyncGenerator<HostEvent> {
    return this.#publisher.subscribe("event", signal === undefined ? {} : { signal });
  }
}

export interface AppRouterOptions {
  /** Reaches the engine that is running now. */
  readonly client: EngineClient;
  readonly keys: ProjectKeys;
  readonly services: HostServices;
  readonly events: HostEvents;
  /** The program's version. */
  readonly version: HostInfo["version"];
  /**
   * Called before each procedure, after the check that the page may call it.
   * @param input not yet validated for procedures of the host.
   * @throws to refuse the call.
   */
  readonly guard?: (name: PageProcedure, input: unknown) => Promise<void>;
  /** Called with the engine's answer, except for event streams. */
  readonly onAnswer?: (name: PageProcedure, answer: unknown) => void;
}

/** The router for a page: the engine's procedures are forwarded, the host's are answered here. */
export function createAppRouter(options: AppRouterOptions): AnyRouter {
  return {
    ...(forwarded(contract, options) as Record<string, AnyRouter>),
    host: hostRouter(options),
  };
}

/** @throws ORPCError `FORBIDDEN`, or what the guard throws */
async function admit(
  path: readonly string[],
  input: unknown,
  { guard }: AppRouterOptions,
): Promise<PageProcedure> {
  const name = path.join(".");
  if (!isPageProcedure(name))
    throw new ORPCError("FORBIDDEN", { message: `The page may not call ${name}.` });
  await guard?.(name, input);
  return name;
}

/** The same tree with every procedure forwarded to the engine, whose typed errors pass through unchanged. */
function forwarded(
  part: AnyContractRouter,
  options: AppRouterOptions,
  path: readonly string[] = [],
): AnyRouter {
  if (isContractProcedure(part)) {
    return implement(part).handler(async ({ input, signal }) => {
      const name = await admit(path, input, options);
      const answer = await callProcedure(options.client, path, input, signal);
      if (name === "scans.watch") return learning(answer, options.keys);
      options.keys.learn(answer);
      options.onAnswer?.(name, answer);
      return answer;
    });
  }
  return Object.fromEntries(
    Object.entries(part).map(([name, child]) => [name, forwarded(child, options, [...path, name])]),
  );
}

/** The page shows a running scan's thumbnails before it ever opens the project. */
async function* learning(states: unknown, keys: ProjectKeys): AsyncGenerator<unknown> {
  for await (const state of states as AsyncIterable<unknown>) {
    keys.learn(state);
    yield state;
  }
}

function hostRouter(options: AppRouterOptions): AnyRouter {
  const { client, services, events, version } = options;
  const os = implement(hostContract).use(async ({ path, next }, input) => {
    await admit(["host", ...path.slice(-1)], input, options);
    return next();
  });
  return os.router({
    info: os.info.handler(() => ({
      kind: services.kind,
      platform: process.platform,
      version,
      opened: [...services.opened],
    })),
    events: os.events.handler(({ signal }) => events.subscribe(signal)),
    chooseFolders: os.chooseFolders.handler(() => services.chooseFolders()),
    choosePlace: os.choosePlace.handler(() => services.choosePlace()),
    chooseProject: os.chooseProject.handler(() => services.chooseProject()),
    listFolder: os.listFolder.handler(({ input }) => services.listFolder(input.path)),
    showInFolder: os.showInFolder.handler(async ({ input: { project, image } }) => {
      const [details] = await client.pictures.details({ project, images: [image] });
      if (details) await services.showInFolder(details.file);
      return {};
    }),
    apply: os.apply.handler(({ input: { way, ...request }, signal }) =>
      carryOutPlan(client, { ...request, to: { way } }, (file) => services.trash(file), signal),
    ),
  });
}
