/**
 * Response header of a stopping service on the 503 to a request that it did not process, so that the gateway can safely send
 * the request to another instance. No other response has the header, and the gateway removes it.
 */
export const NOT_PROCESSED_HEADER = 'x-not-processed';
