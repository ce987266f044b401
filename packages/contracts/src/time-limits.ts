/**
 * How long a request may take at each level, in milliseconds. Each level allows for more than the one below it, so that whoever
 * gives up first can still say why: an engine that does not answer becomes the service's own 503, not the gateway's 504.
 */
export const TIME_LIMITS = {
  /** One call of an engine's adapter: to connect, to be answered, and to retry in between. */
  engineMs: 6_000,
  /** A service, from receiving a request until it begins to answer; a request may need several calls of engines. */
  serviceMs: 8_000,
  /** The gateway, from forwarding a request until the service begins to answer. */
  gatewayMs: 10_000,
  /**
   * The gateway, for a refresh: less than the grace in which the same refresh token gets the same answer (10 s by default), so that
   * a client whose answer was late can repeat the request in time.
   */
  refreshMs: 5_000,
} as const;
