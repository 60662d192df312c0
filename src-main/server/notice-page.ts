/** What a browser is shown that has no session: how to get one. */
export function noticePage(message: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Twinlens</title></head>
<body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem">
<h1 style="font-size: 1.25rem">This address does not work any more</h1>
<p>${message}</p>
</body>
</html>
`;
}

export const ASK_FOR_ADDRESS =
  "Each address that <code>twinlens serve</code> prints works once. A new one now stands in its terminal: open that.";
