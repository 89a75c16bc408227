"""Statements of the hot path: written with SQLAlchemy Core, turned into SQL once, then run on the driver's own cursor.

Core's work per execution and per row costs several times what the database itself needs here (bench/shell_load.py): do it once.
Belongs here: that, and what the two databases say differently inside such a statement. Does not: any statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import ClauseElement, ColumnElement, Connection, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.types import String

_DIALECTS = {"sqlite": SQLiteDialect_pysqlite(paramstyle="named"), "postgresql": PGDialect_psycopg()}  # type: ignore[no-untyped-call]
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Row = dict[str, Any]


class Prepared:
    """`build` makes the statement for a dialect (`sqlite`, `postgresql`); `columns` names the values of an insert."""

    def __init__(self, build: Callable[[str], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = list(columns) if columns is not None else None
        self._made: dict[str, tuple[str, Row]] = {}

    def many(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run once per row; nothing for no rows."""
        if rows:
            cursor = connection.connection.cursor()
            cursor.executemany(self._for(connection)[0], rows)
            cursor.close()

    def rows(self, connection: Connection, parameters: Row) -> Sequence[Any]:
        """All rows, as plain tuples."""
        sql, constants = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.execute(sql, constants | parameters)
        found: Sequence[Any] = cursor.fetchall()
        cursor.close()
        return found

    def _for(self, connection: Connection) -> tuple[str, Row]:
        """SQL and the constants Core put into it."""
        name = connection.dialect.name
        if name not in self._made:
            compiled = self._build(name).compile(dialect=_DIALECTS[name], column_keys=self._columns)
            constants = {key: value for key, value in compiled.params.items() if value is not None}
            self._made[name] = (str(compiled), constants)
        return self._made[name]


def among(column: ColumnElement[Any], parameter: str, dialect: str) -> ColumnElement[bool]:
    """`column` is one of a list that is handed over as one value (see `listed`)."""
    if dialect == "postgresql":
        return column == any_(bindparam(parameter, type_=ARRAY(String)))
    return column.in_(select(func.json_each(bindparam(parameter)).table_valued("value").c.value))


def listed(connection: Connection, values: Sequence[str]) -> Any:
    """`values` as `among` takes them."""
    return list(values) if connection.dialect.name == "postgresql" else orjson.dumps(list(values)).decode()
