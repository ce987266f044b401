/**
 * Header of the 503 with which a service that stops answers a request that it did not process, so that the gateway may send
 * the request elsewhere. No other answer carries it, and the gateway does not pass it on.
 */
export const NOT_PROCESSED = 'x-not-processed';
