interface Sources {
  /** Where images come from, besides the page's own origin. */
  readonly pictures?: string;
  /** What the page may connect to. */
  readonly connections: string;
}

/** Security headers of the page: its own files only, no inline script, nothing from other origins. */
export function pageHeaders({ pictures, connections }: Sources): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Components position elements with style attributes.
    "style-src-attr 'unsafe-inline'",
    ["img-src 'self' blob: data:", pictures].filter(Boolean).join(" "),
    "font-src 'self'",
    `connect-src ${connections}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
}
