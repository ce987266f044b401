/** Returns JSON with indentation; null if the text is not JSON. */
export const formatted = (text: string): string | null => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
};
