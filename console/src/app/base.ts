/** Where the pages are: the proxy's prefix and /console/, as the server wrote it into the page. */
const home = new URL("./", document.baseURI);

/** The beginning of every address of the router. */
export const basepath = home.pathname.replace(/(.)\/$/, "$1");

/** Where the API is, without a slash at the end. */
export const server = new URL("../", home).href.replace(/\/$/, "");

/** The nonce of this answer: styles that are made while the page runs need it. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/** Where dialogs are put, so that opening one does not inject a style into the page's body. */
export const layer = () => document.getElementById("layer") ?? document.body;
