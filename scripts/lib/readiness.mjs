/**
 * Queries the readiness of every service.
 * @param urlOf returns the URL of a service
 * @returns {Promise<string>} a line for each service that is not ready, with its parts that are down and the reasons
 */
export const describeUnready = async (services, urlOf, timeoutMs) => {
  const answers = await Promise.all(
    services
      .filter(({ name }) => name !== 'gateway')
      .map(async (service) => [service.name, await reasonOf(`${urlOf(service)}/health/ready`, timeoutMs)]),
  );
  const unready = answers.flatMap(([name, reason]) => (reason === null ? [] : [`  ${name}: ${reason}`]));
  return unready.length > 0 ? unready.join('\n') : '  gateway: does not answer yet';
};

const reasonOf = async (url, timeoutMs) => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (response.ok) return null;
    const { reasons = {}, detail = `status ${response.status}` } = await response.json();
    const parts = Object.entries(reasons).map(([part, reason]) => `${part} is down (${reason})`);
    return parts.length > 0 ? parts.join(', ') : detail;
  } catch {
    return 'does not answer yet';
  }
};
