import { expect, type FixtureHttp, type SpecMarker } from '../fixtures.ts';
import { MARKER_PATH, markerPage } from './marker-page.ts';

/** The page with the run's marker is published exactly as it was written. */
export async function expectMarkerPage(http: FixtureHttp, marker: SpecMarker): Promise<void> {
  const answer = await http.get(MARKER_PATH);
  expect(answer.status).toBe(200);
  expect(answer.text()).toBe(markerPage(marker.value));
}
