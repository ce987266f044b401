/**
 * Puts load on all five services, which run on this machine: claims through command-service, and mixed requests through the
 * gateway. Usage: npm run bench -- [claims|mix|all] [seconds] [connections]
 */
import { readFileSync } from 'node:fs';
import { SERVICES } from '../e2e/testing/system';
import { claimRequest, mixedRequest, pick, printResult, runLoad, setUp, startSystem } from './mix';

const [load = 'all', seconds = '15', connections = '32'] = process.argv.slice(2);

const options = { connections: Number(connections), seconds: Number(seconds) };

const residentMiB = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024);

const main = async (): Promise<void> => {
  const system = await startSystem();
  try {
    const { eventId, players } = await setUp(system);
    if (load !== 'mix')
      printResult(
        'claims through command-service',
        await runLoad(system.urlOf('command-service'), () => claimRequest(eventId, pick(players)), options),
      );
    if (load !== 'claims')
      printResult(
        'mixed requests through the gateway',
        await runLoad(system.url, () => mixedRequest(eventId, pick(players)), options),
      );
    const memory = SERVICES.map((service) => `${service} ${residentMiB(system.pidOf(service))}`);
    process.stdout.write(`resident memory in MiB: ${memory.join(', ')}\n`);
  } finally {
    await system.stop();
  }
};

void main();
