/** Between preload script and main process: asking for the port, and handing it over. */
export const PORT_CHANNEL = "twinlens-port";
