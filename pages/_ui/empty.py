"""What a screen shows while there is nothing to show: why, what to do first, and the sample company."""

import streamlit as st

from pages._ui.links import button_to
from pages._ui.session import Session
from pipelines.sample import run_sample


def show_empty(session: Session, title: str, sentence: str) -> None:
    """A headline, one sentence, one primary action; on an empty database also the sample company."""
    texts = session.texts
    st.title(title, anchor=False)
    with st.container(border=True, width=720, gap="medium"):
        st.subheader(texts.t("Nothing imported yet"), anchor=False)
        st.write(sentence)
        with st.container(horizontal=True):
            button_to(
                texts.t("Import my files"), "imports", key="empty-import", icon=":material/upload_file:", importance="primary"
            )
            if session.revision == 0 and st.button(
                texts.t("Try it with the sample company"), key="empty-sample", icon=":material/science:"
            ):
                with st.spinner(texts.t("Preparing the sample company…")):
                    run_sample(session.store, author=session.author)
                st.rerun()
        st.caption(
            texts.t(
                "The files stay on this computer. Invoices: CSV, Excel, Factur-X, FEC. Bank: OFX, CSV, CAMT, CFONB, MT940, QIF."
            )
        )
