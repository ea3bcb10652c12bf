// A photograph, small enough for a slow network. It is drawn anew, so that nothing but the picture itself goes out.

import { Refusal } from "./ask.js";

const LONGEST_PX = 1600;
const MOST_BYTES = 700_000;
const QUALITIES = [0.8, 0.6, 0.4];

/** A JPEG of the file. Throws `Refusal` (`picture_unread`) for what is no picture. */
export async function shrunk(file) {
  let source;
  try {
    source = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Refusal(0, { code: "picture_unread" });
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(source.width, source.height));
  const sheet = Object.assign(document.createElement("canvas"), { width: Math.round(source.width * scale), height: Math.round(source.height * scale) });
  sheet.getContext("2d").drawImage(source, 0, 0, sheet.width, sheet.height);
  source.close();
  for (const quality of QUALITIES) {
    const picture = await new Promise((resolve) => sheet.toBlob(resolve, "image/jpeg", quality));
    if (picture && picture.size <= MOST_BYTES) return picture;
  }
  throw new Refusal(0, { code: "picture_unread" });
}
