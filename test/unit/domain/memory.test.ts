import { describe, expect, it } from 'vitest';
import { composeStackSchema } from '../../../domain/compose.ts';
import {
  faultOfMemory,
  memoryNeed,
  memoryNeeds,
  parseMemInfo,
  reservedBytes,
  withinGroup,
} from '../../../domain/memory.ts';
import type { PlannedDependency } from '../../../domain/plan.ts';

const MIB = 1024 ** 2;
const NEEDS = [
  { recipe: 'keycloak', bytes: 700 * MIB },
  { recipe: 'store', bytes: 0 },
  { recipe: 'gitea', bytes: 300 * MIB },
];
const fault = (availableMib: number, totalMib: number) =>
  faultOfMemory({ availableBytes: availableMib * MIB, totalBytes: totalMib * MIB }, NEEDS, 512 * MIB);

describe('the memory that an app needs', () => {
  it('is what its recipe.ts declares, and at least what any of its versions reserves [R-73]', () => {
    expect(memoryNeed({ memoryMib: 700 }, [undefined, 100 * MIB])).toBe(700 * MIB);
    expect(memoryNeed({ memoryMib: 700 }, [undefined, 900 * MIB])).toBe(900 * MIB);
    expect(memoryNeed({}, [undefined])).toBe(0);
  });

  it('is reserved for each task of its services; a limit reserves nothing [R-73]', () => {
    const stack = composeStackSchema.parse({
      services: {
        app: { deploy: { replicas: 3, resources: { reservations: { memory: '268435456' } } } },
        db: {
          deploy: { resources: { reservations: { memory: '104857600' }, limits: { memory: '2147483648' } } },
        },
        cache: { deploy: { resources: { limits: { memory: '2147483648' } } } },
        plain: {},
      },
    });
    expect(reservedBytes(stack)).toBe((3 * 256 + 100) * MIB);
  });
});

describe('the memory that a run needs', () => {
  it('is that of all that it deploys, and not of what is kept warm [F-71]', () => {
    const planned = (recipe: string, more: object) => ({ recipe, ...more }) as PlannedDependency;
    const dependencies = [
      planned('store', { memoryBytes: 200 }),
      planned('keycloak', { memoryBytes: 700, warm: {} }),
      planned('unknown', {}),
    ];
    expect(memoryNeeds('gitea', { memoryBytes: 300, dependencies })).toEqual([
      { recipe: 'store', bytes: 200 },
      { recipe: 'unknown', bytes: 0 },
      { recipe: 'gitea', bytes: 300 },
    ]);
    expect(memoryNeeds('alone', {})).toEqual([{ recipe: 'alone', bytes: 0 }]);
  });

  it('fits when the reserve is left', () => {
    expect(fault(1512, 2048)).toBeUndefined();
  });

  it('does not fit now with less, and never on a host that has less altogether [F-71]', () => {
    const now = fault(1511, 2048);
    expect(now?.reason).toBe(
      '1.5 GiB of 2.0 GiB available, 1.5 GiB needed: 700 MiB for keycloak, 300 MiB for gitea, 512 MiB to spare',
    );
    expect(now?.final).toBe(false);
    expect(fault(1400, 1512)?.final).toBe(false);
    expect(fault(1400, 1511)?.final).toBe(true);
  });
});

describe('the memory of a host', () => {
  it('is what its kernel says', () => {
    const table = 'MemTotal:       24684084 kB\nMemFree:         100 kB\nMemAvailable:   21980972 kB\n';
    expect(parseMemInfo(table)).toEqual({ totalBytes: 24684084 * 1024, availableBytes: 21980972 * 1024 });
    expect(parseMemInfo('MemTotal: 24684084 kB\nMemFree: 100 kB\n')).toBeUndefined();
  });

  it('is less within a group that has a limit, whose cache can be dropped [R-73, F-71]', () => {
    const host = { totalBytes: 8000 * MIB, availableBytes: 5000 * MIB };
    const group = { limitBytes: 4000 * MIB, usedBytes: 3000 * MIB, droppableBytes: 1000 * MIB };
    expect(withinGroup(host, group)).toEqual({ totalBytes: 4000 * MIB, availableBytes: 2000 * MIB });
    expect(withinGroup(host, { ...group, usedBytes: 6000 * MIB }).availableBytes).toBe(0);
    expect(withinGroup(host, { ...group, limitBytes: 9_223_372_036_854_771_712 })).toEqual(host);
  });
});
