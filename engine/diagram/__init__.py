"""Flows as pictures: SVG drawn without a browser, Mermaid, DOT."""
