export { default as sql, empty, join, type Sql } from 'sql-template-tag';
