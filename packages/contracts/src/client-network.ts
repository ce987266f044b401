/**
 * Header in which the gateway tells auth-service where a request comes from: an IPv4 address or an IPv6 /64 network. The gateway
 * alone sets it, and passes on no such header of a client.
 */
export const CLIENT_NETWORK = 'x-client-network';
