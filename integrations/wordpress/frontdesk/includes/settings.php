<?php
/**
 * Settings → Frontdesk.
 *
 * @package Frontdesk
 */

namespace Frontdesk;

defined( 'ABSPATH' ) || exit;

const PAGE = 'frontdesk'; // The page's name, and that of the group of its settings.
const TEST = 'frontdesk_test'; // The button, and what its nonce is for.

/**
 * Tell WordPress what is kept, and who makes it fit.
 */
function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\\sanitize',
			'default'           => array(),
		)
	);
}

/**
 * Put the page below Settings.
 */
function add_settings_page(): void {
	add_options_page( 'Frontdesk', 'Frontdesk', 'manage_options', PAGE, __NAMESPACE__ . '\\show_settings' );
}

/**
 * Put a link to the page beside the plugin in the list of plugins.
 *
 * @param string[] $links Those that are there.
 */
function link_settings( array $links ): array {
	$address = admin_url( 'options-general.php?page=' . PAGE );
	array_unshift( $links, '<a href="' . esc_url( $address ) . '">' . esc_html__( 'Settings', 'frontdesk' ) . '</a>' );
	return $links;
}

/**
 * What is kept of what was typed; what cannot be is named, and stays as it was.
 *
 * @param mixed $typed What the page sends.
 */
function sanitize( $typed ): array {
	$typed  = is_array( $typed ) ? $typed : array();
	$server = is_string( $typed['server'] ?? null ) ? rtrim( trim( $typed['server'] ), '/' ) : '';
	$form   = is_string( $typed['form'] ?? null ) ? trim( $typed['form'] ) : '';
	$wrong  = '' === $server ? '' : complaint( $server );
	if ( '' !== $wrong ) {
		refuse( 'server', $server, $wrong );
		$server = option( 'server' );
	}
	if ( '' !== $form && ! preg_match( FORM, $form ) ) {
		refuse( 'form', $form, __( 'The name of a form has small letters, digits and hyphens only, as after [forms. in frontdesk.toml.', 'frontdesk' ) );
		$form = option( 'form' );
	}
	return compact( 'server', 'form' );
}

/**
 * Say on the page what was not taken.
 *
 * @param string $name  The setting.
 * @param string $typed What was typed.
 * @param string $wrong What is wrong with it.
 */
function refuse( string $name, string $typed, string $wrong ): void {
	/* translators: 1: what was typed, 2: a sentence that says what is wrong with it. */
	$text = __( '“%1$s” was not saved. %2$s', 'frontdesk' );
	add_settings_error( OPTION, $name, esc_html( sprintf( $text, wp_html_excerpt( $typed, 200, '…' ), $wrong ) ) );
}

/**
 * Show the page, and what came of the test if its button was pressed.
 */
function show_settings(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>Frontdesk</h1>';
	if ( isset( $_POST[ TEST ] ) ) {
		check_admin_referer( TEST );
		foreach ( check( option( 'server' ), option( 'form' ) ) as list( $well, $text ) ) {
			echo '<div class="notice notice-' . ( $well ? 'success' : 'error' ) . '"><p>' . esc_html( $text ) . '</p></div>';
		}
	}
	echo '<form method="post" action="options.php">';
	settings_fields( PAGE );
	echo '<table class="form-table" role="presentation">';
	show_field( 'server', 'url', __( 'Address of Frontdesk', 'frontdesk' ), __( 'Such as https://leads.example.com; with its prefix, if it has one.', 'frontdesk' ) );
	show_field( 'form', 'text', __( 'Default form', 'frontdesk' ), __( 'Shown where a block or shortcode does not name one. Its name in frontdesk.toml, such as riverside.', 'frontdesk' ) );
	echo '</table>';
	submit_button();
	echo '</form><h2>' . esc_html__( 'Test', 'frontdesk' ) . '</h2>';
	/* translators: %s: an address. */
	$text = __( 'Asks the saved address whether Frontdesk is there, has the default form, and lets this site show it: "%s" must be in the allowed_origins of every form that you use.', 'frontdesk' );
	echo '<p>' . esc_html( sprintf( $text, origin() ) ) . '</p><form method="post">';
	wp_nonce_field( TEST );
	submit_button( __( 'Test', 'frontdesk' ), 'secondary', TEST );
	echo '</form><h2>' . esc_html__( 'Use', 'frontdesk' ) . '</h2><p>';
	esc_html_e( 'In the editor, insert the block “Frontdesk form”, or write a shortcode:', 'frontdesk' );
	echo ' <code>[frontdesk form="riverside" unit="A.101"]</code></p></div>';
}

/**
 * Show a field of the page.
 *
 * @param string $name  The setting.
 * @param string $type  The type of the input.
 * @param string $label Its label.
 * @param string $help  What belongs there.
 */
function show_field( string $name, string $type, string $label, string $help ): void {
	$id = 'frontdesk-' . $name;
	printf(
		'<tr><th scope="row"><label for="%1$s">%2$s</label></th><td><input id="%1$s" name="%3$s[%4$s]" type="%5$s" value="%6$s" class="regular-text" aria-describedby="%1$s-help"><p class="description" id="%1$s-help">%7$s</p></td></tr>',
		esc_attr( $id ),
		esc_html( $label ),
		esc_attr( OPTION ),
		esc_attr( $name ),
		esc_attr( $type ),
		esc_attr( option( $name ) ),
		esc_html( $help )
	);
}
