/**
 * Asks every service why it is not ready.
 * @param urlOf address of a service
 * @returns {Promise<string>} a line for each service that is not ready, with its parts that are down and why
 */
export const whatIsMissing = async (services, urlOf, patienceMs) => {
  const answers = await Promise.all(
    services
      .filter(({ name }) => name !== 'gateway')
      .map(async (service) => [service.name, await missingOf(`${urlOf(service)}/health/ready`, patienceMs)]),
  );
  const missing = answers.flatMap(([name, why]) => (why === null ? [] : [`  ${name}: ${why}`]));
  return missing.length > 0 ? missing.join('\n') : '  gateway: it does not answer yet';
};

const missingOf = async (url, patienceMs) => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    if (response.ok) return null;
    const { reasons = {}, detail = `status ${response.status}` } = await response.json();
    const parts = Object.entries(reasons).map(([part, reason]) => `${part} is down (${reason})`);
    return parts.length > 0 ? parts.join(', ') : detail;
  } catch {
    return 'it does not answer yet';
  }
};
