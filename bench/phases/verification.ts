import { describeFinding } from '@rewards/checker';
import type { VerificationReport } from '@rewards/projections/dist/verification/verification';
import { runInProcess } from '../load/service-process';
import type { Phase } from '../suite/phase';

/** What the process of a verification sends. */
export interface Verified {
  readonly report: VerificationReport;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
}

export const verification: Phase = {
  name: 'verification',
  purpose: 'verification of the realistic log and of all read models',
  weight: 1.5,
  async run(bench) {
    const { data, log } = await bench.world.openFilled(bench.progress);
    await bench.repeat(async () => {
      const program = require.resolve('../world/verify-world');
      const { report, seconds, cpuSeconds, residentMiB } = await runInProcess<Verified>(program, [
        JSON.stringify(data.environment),
      ]);
      bench.sample('verification', 'events/s', log.events / seconds);
      bench.sample('verification: CPU', 'µs/event', (cpuSeconds * 1e6) / log.events);
      bench.sample('verification: memory', 'MiB', residentMiB);
      bench.sample('findings', 'findings', report.checked.findings);
      // The log of a real engine may contain more than the realistic log.
      if (!report.ok)
        throw new Error(`The realistic log is wrong: ${report.findings.slice(0, 5).map(describeFinding).join('; ')}`);
    });
  },
};
