import { readdirSync, readFileSync } from 'node:fs';
import { until } from '@rewards/testing/until';
import { Client } from '../testing/client';
import { SERVICES, System, type Service } from '../testing/system';
import { conversations, fuzzResets } from './resets';

/** Idle connections to other services and engines come and go. */
const FILES_TOLERANCE = 30;
const MEMORY_TOLERANCE_KB = 200_000;

/**
 * Breaks connections to all services, at every byte of every kind of conversation and for so long, and looks at what the
 * processes still hold afterwards (Linux only).
 * @returns what was done
 * @throws Error that says which process ended or what it still holds
 */
export const resetSystem = async (seconds: number, seed: number): Promise<string> => {
  const system = await System.start();
  try {
    const { authorization } = (await Client.admin(system)).authorization;
    const fuzz = {
      ports: SERVICES.map((service) => system.ports[service]),
      conversations: conversations(String(authorization).replace('Bearer ', '')),
      seed,
    };
    await fuzzResets({ ...fuzz, conversations: fuzz.conversations.filter(({ bytes }) => bytes.length < 100), forMs: 0 });
    const before = SERVICES.map((service) => heldBy(system, service));
    const { rounds, answered } = await fuzzResets({ ...fuzz, forMs: seconds * 1_000 });
    for (const [index, service] of SERVICES.entries()) {
      if (!system.runs(service)) throw new Error(`${service} ended after a connection broke`);
      const { files, memoryKb } = before[index] as Held;
      await until(
        `${service} to close its connections`,
        () => heldBy(system, service).files <= files + FILES_TOLERANCE,
        Boolean,
        { withinMs: 30_000 },
      );
      const grownKb = heldBy(system, service).memoryKb - memoryKb;
      if (grownKb > MEMORY_TOLERANCE_KB) throw new Error(`${service} grew by ${grownKb} kB`);
    }
    await system.ready();
    return `${rounds} connections broken, ${answered} of them after an answer`;
  } catch (error) {
    throw new Error(`${String(error)}\n${system.output.slice(-5_000)}`, { cause: error });
  } finally {
    await system.stop();
  }
};

interface Held {
  readonly files: number;
  readonly memoryKb: number;
}

const heldBy = (system: System, service: Service): Held => {
  const folder = `/proc/${system.pidOf(service)}`;
  return {
    files: readdirSync(`${folder}/fd`).length,
    memoryKb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1]),
  };
};
