import { app } from "electron";

/** Lets what is under way end in order before the program does. */
export function endBeforeQuitting(end: () => Promise<void>): void {
  let ended = false;
  app.on("will-quit", (event) => {
    if (ended) return;
    event.preventDefault();
    void end()
      .catch((cause: unknown) => console.error(cause))
      .finally(() => {
        ended = true;
        app.quit();
      });
  });
}
