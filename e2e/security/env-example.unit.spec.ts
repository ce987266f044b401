import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGatewaySettings } from '../../gateway/src/settings';

const text = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
const settings = Object.fromEntries(
  [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
);

describe('.env.example', () => {
  it('names every setting that is read, and no other', () => {
    const read = new Set<string>();
    readGatewaySettings(
      new Proxy({}, { get: (_target, name: string) => (read.add(name), undefined) }) as Record<string, string | undefined>,
    );
    expect(Object.keys(settings).sort()).toEqual([...read].sort());
  });

  it('changes nothing as it is, and says the defaults', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    expect(readGatewaySettings(settings)).toEqual(readGatewaySettings({}));
  });

  it('holds no secret', () => {
    const secretive = Object.entries(settings).filter(([name]) => /PASSWORD|SECRET|KEY|TOKEN/.test(name));
    expect(secretive.map(([, value]) => value)).toEqual(secretive.map(() => ''));
  });
});
