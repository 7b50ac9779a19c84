import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clients } from '../../../scripts/clients/clients.mjs';

describe('docs/clients.md', () => {
  const rows = readFileSync('docs/clients.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it.each([...new Map(clients.map((client) => [client.name, client])).values()])(
    'has $name with the version that is installed',
    ({ name, version }) => {
      // The second column has the names as people write them, with a comma where one brings the other.
      const row = rows.find(([, , named]) => named === name.replace(' and ', ', '));
      expect(row?.[3]).toBe(version);
    },
  );
});
