"""Excel: sheets, styles, workbooks; the only place that knows how a workbook is made."""

from reports.excel.sheets import (
    BREAK,
    LOW,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    Column,
    Kind,
    Link,
    Properties,
    Sheet,
    Value,
)
from reports.excel.workbook import write_workbook
from reports.excel.written import Failure, Maker, WrittenFile

__all__ = [
    "BREAK",
    "LOW",
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "Column",
    "Failure",
    "Kind",
    "Link",
    "Maker",
    "Properties",
    "Sheet",
    "Value",
    "WrittenFile",
    "write_workbook",
]
