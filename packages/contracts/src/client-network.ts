/**
 * Header with the source of a request, from the gateway to auth-service: an IPv4 address or an IPv6 /64 network. Only the gateway
 * sets it; it drops the header from client requests.
 */
export const CLIENT_NETWORK_HEADER = 'x-client-network';
