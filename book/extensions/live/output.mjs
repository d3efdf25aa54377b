// What a cell shows: the results stored in the book, until it is run; then those of the reader.

const MAX_LENGTH = 200_000; // characters; a loop that prints forever must not take the page down

/** @param {string} name @param {string} classes @param {...(Node | string)} children */
export function element(name, classes, ...children) {
  const node = document.createElement(name);
  node.className = classes;
  node.append(...children);
  return node;
}

/** Width and height of a PNG, from its first bytes. @param {string} base64 */
function sizeOf(base64) {
  const bytes = Uint8Array.from(atob(base64.slice(0, 32)), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return [view.getUint32(16), view.getUint32(20)];
}

export class Output {
  /** @type {Text | undefined} where the stream that came last goes on */
  #stream;
  #streamKind = "";
  #length = 0;
  #images = 0;
  #waiting = false;

  /**
   * @param {HTMLElement} container
   * @param {{figure: string, cut: string}} text
   * @param {() => Promise<(markdown: string) => string>} loadMarkdown
   */
  constructor(container, text, loadMarkdown) {
    this.container = container;
    this.text = text;
    this.loadMarkdown = loadMarkdown;
    this.stored = [...container.childNodes];
    this.storedImages = [...container.querySelectorAll("img")];
  }

  /** Expect new results; those shown stay until the first one comes. */
  begin() {
    this.#waiting = true;
    this.container.classList.add("live-old");
  }

  #clear() {
    this.#waiting = false;
    this.#stream = undefined;
    this.#length = this.#images = 0;
    this.container.classList.remove("live-old");
    this.container.replaceChildren();
  }

  /** The cell has run to its end, or failed. */
  end() {
    if (this.#waiting) this.#clear();
  }

  /** Nothing has come, and nothing will: keep what is shown. */
  cancel() {
    this.#waiting = false;
    this.container.classList.remove("live-old");
  }

  /** Show what the book shows. */
  reset() {
    this.#clear();
    this.container.append(...this.stored);
  }

  /** @param {import("./python.mjs").Result} result */
  add({ kind, data }) {
    if (this.#waiting) this.#clear();
    if (kind === "display") this.#show(data);
    else this.#write(kind, data);
  }

  /** @param {string} kind @param {string} text */
  #write(kind, text) {
    if (this.#length > MAX_LENGTH) return;
    this.#length += text.length;
    if (this.#length > MAX_LENGTH) text += `\n${this.text.cut}`;
    if (!this.#stream || this.#streamKind !== kind) {
      this.#stream = document.createTextNode("");
      this.#streamKind = kind;
      const pre = element("pre", "", this.#stream);
      const classes = `output stream ${kind === "stdout" ? "" : `live-${kind}`}`;
      this.container.append(element("div", classes, element("div", "highlight", pre)));
    }
    this.#stream.appendData(text);
  }

  /** @param {Record<string, string>} data by media type, as in a notebook */
  #show(data) {
    this.#stream = undefined;
    if (data["image/png"]) this.container.append(this.#image(data["image/png"]));
    else if (data["text/html"]) {
      const box = element("div", "output text_html");
      box.innerHTML = data["text/html"]; // from the reader's own program
      this.container.append(box);
    } else if (data["text/markdown"]) {
      const box = element("div", "output text_markdown", data["text/markdown"]);
      this.container.append(box);
      this.loadMarkdown().then(
        (render) => (box.innerHTML = render(data["text/markdown"])),
        () => box.classList.add("live-plain"), // the text as it was written
      );
    } else {
      const pre = element("pre", "", data["text/plain"]);
      this.container.append(element("div", "output text_plain", element("div", "highlight", pre)));
    }
  }

  /** A figure in the place, with the caption and the description, of the stored one. */
  #image(/** @type {string} */ png) {
    const old = this.storedImages[this.#images++];
    const figure = old?.closest("figure")?.cloneNode(true);
    const node = /** @type {HTMLElement} */ (figure ?? element("div", "output image_png"));
    const image = node.querySelector("img") ?? node.appendChild(document.createElement("img"));
    image.src = `data:image/png;base64,${png}`;
    image.alt = old?.alt || this.text.figure;
    [image.width, image.height] = sizeOf(png).map((pixels) => Math.round(pixels / 2));
    return node;
  }
}
