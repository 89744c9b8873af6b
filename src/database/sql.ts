export { empty, join, type Sql, default as sql } from 'sql-template-tag';
