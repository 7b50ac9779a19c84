/** What a figure can be drawn as. */
export const plotFormats = ['svg', 'png', 'html'] as const;
export type PlotFormat = (typeof plotFormats)[number];
