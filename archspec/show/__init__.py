"""Numbers -> text: tables for a terminal, a pipe, a page, a spreadsheet or a program."""
