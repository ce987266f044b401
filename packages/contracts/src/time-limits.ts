/**
 * Time limit of a request at each level, in milliseconds. Each limit is longer than the one below it, so that the lower level
 * times out first and reports the cause: an engine that does not answer causes a 503 of the service, not a 504 of the gateway.
 */
export const TIME_LIMITS = {
  /** One call of an engine's adapter, including connection, response and retries. */
  engineMs: 6_000,
  /** A service, from receiving a request until it starts to respond. A request may need several engine calls. */
  serviceMs: 8_000,
  /** The gateway, from forwarding a request until the service starts to respond. */
  gatewayMs: 10_000,
  /**
   * The gateway, for a refresh. Shorter than the grace in which a refresh token gets the same successor (10 s by default), so
   * that a client can retry in time after a late response.
   */
  refreshMs: 5_000,
} as const;
