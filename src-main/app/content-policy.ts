interface Allowed {
  /** Sources of pictures beside the page's own. */
  readonly pictures?: string;
  /** What the page may connect to. */
  readonly connections: string;
}

/** The page's `Content-Security-Policy`: files of its own, no inline script, nothing from elsewhere. */
export function contentPolicy({ pictures, connections }: Allowed): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Components place things by style attributes; these run nothing and load nothing.
    "style-src-attr 'unsafe-inline'",
    ["img-src 'self' blob: data:", pictures].filter(Boolean).join(" "),
    "font-src 'self'",
    `connect-src ${connections}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
