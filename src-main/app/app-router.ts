import { type AnyContractRouter, isContractProcedure } from "@orpc/contract";
import { type AnyRouter, EventPublisher, implement } from "@orpc/server";
import { contract } from "../contract/contract.ts";
import { type HostEvent, type HostInfo, hostContract } from "../contract/host.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { carryOutPlan } from "./carry-out-plan.ts";
import type { HostServices } from "./host-services.ts";
import { callProcedure } from "./procedures.ts";
import type { ProjectKeys } from "./project-keys.ts";

/** Carries what the host tells its pages. */
export class HostEvents {
  readonly #publisher = new EventPublisher<{ event: HostEvent }>();

  emit(event: HostEvent): void {
    this.#publisher.publish("event", event);
  }

  /** What happens from now on, until the signal. */
  subscribe(signal: AbortSignal | undefined): AsyncGenerator<HostEvent> {
    return this.#publisher.subscribe("event", signal === undefined ? {} : { signal });
  }
}

export interface AppHost {
  /** Reaches the engine that runs now. */
  readonly client: EngineClient;
  readonly keys: ProjectKeys;
  readonly services: HostServices;
  readonly events: HostEvents;
  /** Of the program. */
  readonly version: HostInfo["version"];
  /**
   * Asked before every procedure; it refuses a request by throwing.
   * @param path such as `["scans", "start"]`.
   * @param input as the contract has it.
   */
  readonly guard?: (path: readonly string[], input: unknown) => Promise<void>;
  /** Told of what the engine has answered to a procedure that gives no events. */
  readonly onAnswer?: (path: readonly string[], answer: unknown) => void;
}

/** Makes the router of all that a page can ask: the engine's procedures are passed on, the host's own are answered here. */
export function createAppRouter(host: AppHost): AnyRouter {
  return { ...(passedOn(contract, host) as Record<string, AnyRouter>), host: hostRouter(host) };
}

/** The same tree with every procedure passed on to the engine. Its typed errors come through as they are. */
function passedOn(part: AnyContractRouter, host: AppHost, path: readonly string[] = []): AnyRouter {
  if (isContractProcedure(part)) {
    return implement(part).handler(async ({ input, signal }) => {
      await host.guard?.(path, input);
      const answer = await callProcedure(host.client, path, input, signal);
      if (path.join(".") === "scans.watch") return learning(answer, host.keys);
      host.keys.learn(answer);
      host.onAnswer?.(path, answer);
      return answer;
    });
  }
  return Object.fromEntries(
    Object.entries(part).map(([name, child]) => [name, passedOn(child, host, [...path, name])]),
  );
}

/** A scan is shown, with pictures, before its project has ever been opened. */
async function* learning(states: unknown, keys: ProjectKeys): AsyncGenerator<unknown> {
  for await (const state of states as AsyncIterable<unknown>) {
    keys.learn(state);
    yield state;
  }
}

function hostRouter({ client, services, events, version, guard }: AppHost): AnyRouter {
  const os = implement(hostContract).use(async ({ path, next }, input) => {
    await guard?.(["host", ...path.slice(-1)], input);
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
