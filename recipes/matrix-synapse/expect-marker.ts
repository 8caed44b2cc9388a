import { expect, type AppUnderTest, type FixtureHttp, type SpecMarker } from '../fixtures.ts';
import { markerName, markerProfile, SERVER_KEYS, serverKeys } from './marker.ts';

/** The user of the marker shows the name that was given, and the server signs with the key that it had then. */
export async function expectMarker(http: FixtureHttp, app: AppUnderTest, marker: SpecMarker): Promise<void> {
  const keys = serverKeys((await http.get(SERVER_KEYS)).json(), app);
  expect(keys).toMatch(/^ed25519:\w+$/);
  const profile = await http.get(markerProfile(app));
  expect(profile.json()).toEqual({ displayname: markerName(marker.value, keys) });
}
