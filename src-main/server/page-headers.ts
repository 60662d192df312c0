import { contentPolicy } from "../app/content-policy.ts";

/**
 * Headers of every answer.
 * @param host as the request names it, known to be this server.
 */
export function pageHeaders(host: string): Record<string, string> {
  return {
    // Not every browser takes 'self' to mean the WebSocket of the same server.
    "content-security-policy": contentPolicy({ connections: `'self' ws://${host}` }),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  };
}
