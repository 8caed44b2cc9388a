import { expect, type FixtureHttp, type SpecMarker } from '../fixtures.ts';
import { asAdmin } from './accounts.ts';
import { advertisedRefs } from './git-protocol.ts';
import { MARKER_FILE, MARKER_REPOSITORY } from './marker-repository.ts';

/** The file with the run's marker is in its repository, for the API and for git, and hidden from strangers. */
export async function expectMarkerFile(http: FixtureHttp, marker: SpecMarker): Promise<void> {
  const path = `/api/v1/repos/${MARKER_REPOSITORY}`;
  const file = await http.get(`${path}/raw/${MARKER_FILE}`, asAdmin(marker.seed));
  expect([file.status, file.text()]).toEqual([200, marker.value]);
  expect((await http.get(path)).status).toBe(404);

  const branch = await http.get(`${path}/branches/main`, asAdmin(marker.seed));
  expect(branch.json()).toMatchObject({ commit: { message: 'Write the marker\n' } });
  const { commit } = branch.json() as { commit: { id: string } };
  const refs = await http.get(
    `/${MARKER_REPOSITORY}.git/info/refs?service=git-upload-pack`,
    asAdmin(marker.seed),
  );
  expect(advertisedRefs('git-upload-pack', refs.text())).toEqual({
    HEAD: commit.id,
    'refs/heads/main': commit.id,
  });
}
