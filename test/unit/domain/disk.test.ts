import { describe, expect, it } from 'vitest';
import { faultOfDisk } from '../../../domain/disk.ts';

const MIB = 1024 ** 2;
const RESERVE = 1024 * MIB;
const sizes = { 'docker.io/library/nginx': 200 * MIB, 'docker.io/collabora/code': 1536 * MIB };
const fault = (freeMib: number, absent: string[] = []) =>
  faultOfDisk(
    { folder: '/var/lib/docker', freeBytes: freeMib * MIB },
    { absent, sizes, reserveBytes: RESERVE },
  );

describe('the disk of the host', () => {
  it('has room when the reserve is left, also for images that nobody has measured', () => {
    expect(fault(1024)).toBeUndefined();
    expect(fault(1024, ['ghcr.io/never/seen:1'])).toBeUndefined();
  });

  it('has none below the reserve, with or without pulls [F-64]', () => {
    expect(fault(522)).toBe('522 MiB free at /var/lib/docker, 1.0 GiB needed');
  });

  it('has to hold the images of both versions beside each other, each taken to be as large as the last one [F-66]', () => {
    const both = ['collabora/code:24.04', 'collabora/code:25.04'];
    expect(fault(1024 + 2 * 1536, both)).toBeUndefined();
    expect(fault(1024 + 2 * 1536 - 1, both)).toBe(
      '4.0 GiB free at /var/lib/docker, 4.0 GiB needed, 3.0 GiB of it for 2 images',
    );
    expect(fault(1100, ['nginx:1.29', 'never/seen'])).toContain('200 MiB of it for 1 image');
  });
});
