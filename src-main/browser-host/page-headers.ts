/**
 * Headers of every answer.
 * @param host as the request names it, known to be this server.
 */
export function pageHeaders(host: string): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // Components place things by style attributes; these run nothing and load nothing.
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' blob: data:",
      "font-src 'self'",
      // Not every browser takes 'self' to mean the WebSocket of the same server.
      `connect-src 'self' ws://${host}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  };
}
