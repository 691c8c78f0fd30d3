// What a region needs to be shown: its surroundings decoded, and the layers over it.

/** Everything of one lease at once; layers that do not exist are null. Throws when offline. */
export async function load(api, lease) {
  const [context, suggestion, confidence, values, label, origins] = await Promise.all([
    picture(api, lease),
    layer(api, lease.suggestion_url),
    layer(api, lease.confidence_url),
    layer(api, lease.neighbours_url),
    layer(api, lease.label_url),
    layer(api, lease.label_url && `${lease.label_url}?band=origins`),
  ]);
  const { bitmap, ...window } = context;
  const neighbours = values && { ...window, values };
  return { context, suggestion, confidence, neighbours, label, origins };
}

/** Superpixels may have to be computed first, so nobody waits for them: null without. */
export async function segments(api, lease) {
  const found = await layer(api, superpixels(lease));
  return found && new Uint16Array(found.buffer, 0, found.byteLength >> 1);
}

/** Those that follow the suggestion's edges too, where there is one. */
function superpixels({ superpixels_url: url, suggestion_url: suggested }) {
  return url && suggested ? `${url}?with_suggestion=true` : url;
}

/** The region's surroundings, and which window of the image they are. */
async function picture(api, { box, context_url: url }) {
  const { bitmap, headers } = await api.picture(url);
  return {
    bitmap,
    left: box.left - Number(headers.get("X-Region-Left")),
    top: box.top - Number(headers.get("X-Region-Top")),
    width: bitmap.width,
    height: bitmap.height,
  };
}

async function layer(api, url) {
  if (!url) return null;
  try {
    return await api.bytes(`${url}${url.includes("?") ? "&" : "?"}format=raw`);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}
