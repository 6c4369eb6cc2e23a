// `npm run build`: sets up what is missing and builds everything that changed.
import { setUp } from "./setup.mjs";

setUp();
