// Values in the words that scripts say.

/**
 * Put values into words: "{number} of {count}".
 * @param {string} words @param {Record<string, string | number>} values
 */
export const fill = (words, values) =>
  words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
