const live = { styles: ['live'], scripts: ['live-regions', 'morph'] };

/** What the pages of tasks need beside what every page has. */
export const styles = {
  styles: ['tasks', 'mentions', ...live.styles],
  scripts: ['tasks', 'mentions', ...live.scripts],
};
export const boardStyles = { styles: [...styles.styles, 'board'], scripts: [...styles.scripts, 'board'] };
