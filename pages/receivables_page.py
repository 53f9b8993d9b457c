"""Créances: who owes what, how late, what moved it, down to the payments of one invoice."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.aged_view import show_aged
from pages._ui.charts import show_ageing_columns
from pages._ui.choices import choose
from pages._ui.consolidated import has_several, show_consolidated
from pages._ui.empty import show_empty
from pages._ui.figures import bucket_tiles
from pages._ui.indicators import show_indicators
from pages._ui.movements_view import show_movements
from pages._ui.queries import month_ends
from pages._ui.receivables_charts import show_charts
from pages._ui.session import Session, current
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.tiles import show_tiles
from pipelines.exports.columns import BUCKET_TITLES

_VIEWS = {
    "aged": "Aged balance",
    "movements": "Movements",
    "evolution": "Month by month",
    "charts": "Charts",
    "indicators": "Key figures",
    "consolidated": "All currencies",
}


def show() -> None:
    """Show the receivables screen."""
    session = current()
    texts = session.texts
    if session.ledger.documents.is_empty():
        show_empty(session, texts.t("Receivables"), texts.t("Import your invoices to see what each client owes, and since when."))
        return
    st.title(texts.t("Receivables"), anchor=False)
    st.caption(texts.t("As of {day}, VAT included.", day=texts.weekday_date(session.as_of)))
    show_tiles(texts, bucket_tiles(session), key="receivables-tiles", columns=3, least=190)
    views = [name for name in _VIEWS if name != "consolidated" or has_several(session)]
    view = choose(texts.t("View"), views, words=lambda name: texts.t(_VIEWS[name]), key="view", default="aged")
    if view == "movements":
        show_movements(session)
    elif view == "evolution":
        _evolution(session)
    elif view == "charts":
        show_charts(session)
    elif view == "indicators":
        show_indicators(session)
    elif view == "consolidated":
        show_consolidated(session)
    else:
        show_aged(session)


def _evolution(session: Session) -> None:
    """The ageing at the last 12 month ends."""
    texts = session.texts
    rows = month_ends(session)
    titles = {name: texts.t(title) for name, title in BUCKET_TITLES.items()}
    with st.container(border=True):
        st.subheader(texts.t("What clients owed at each month end"), anchor=False)
        st.caption(
            texts.t("The last column is the as-of date. Invoices only, before unused credits. Click a column to see its balance.")
        )
        if not rows.select(pl.any_horizontal((pl.col(*titles) != 0).any())).item():
            st.info(texts.t("Nothing was owed on any of these days."), icon=":material/info:")
            return
        show_ageing_columns(texts, session.currency, rows.to_dicts(), titles, key="receivables-evolution", on_pick=_open_column)
        with st.expander(texts.t("See the figures"), icon=":material/table:"):
            columns = [
                Column("day", texts.t("As of"), "date"),
                *(Column(name, title, "money", is_summed=False) for name, title in titles.items()),
            ]
            picked = show_table(
                rows.reverse().with_columns(code=pl.col("day").cast(pl.String)),
                columns,
                key="receivables-evolution-table",
                texts=texts,
                selection="single-row",
                id_column="code",
                sheet=Sheet(texts.t("What clients owed at each month end")),
            )
        if picked:
            day = date.fromisoformat(picked[0])
            st.button(
                texts.t("See the aged balance of {day}", day=texts.date(day)),
                key="evolution-open",
                icon=":material/event:",
                on_click=_open_day,
                args=(day,),
            )


def _open_column(code: str) -> None:
    """The balance of the day whose column was clicked: its code begins with the day."""
    _open_day(date.fromisoformat(code.partition(":")[0]))


def _open_day(day: date) -> None:
    """The aged balance as of that day."""
    st.session_state["as_of"] = day
    st.session_state["view"] = st.query_params["view"] = "aged"
